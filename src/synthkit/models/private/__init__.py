"""Models of tables that are differentially private: one file a model; they see noisy answers and never a row."""
