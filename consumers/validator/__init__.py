"""The only writer of the ML-eligible topic."""
