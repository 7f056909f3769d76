"""Networks on bare torch: tensors in, tensors out; they know no table and no panel."""
