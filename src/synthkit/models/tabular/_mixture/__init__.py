"""A finite mixture over mixed columns: forests of levels and normal numbers within each component."""
