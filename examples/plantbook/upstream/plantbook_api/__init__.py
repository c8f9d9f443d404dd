"""The API of an imaginary plant shop: what a widget's connector calls."""
