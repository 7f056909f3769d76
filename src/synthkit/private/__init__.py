"""What differential privacy rests on: a public domain, exact noise, an accountant, and a curator who sees the rows."""
