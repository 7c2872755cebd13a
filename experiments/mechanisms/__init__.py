"""The mechanisms of the record as experiments: claims as data, each tried against the model."""
