"""Functions as people publish them: textbook work with doctests, written without a thought of Rust."""
