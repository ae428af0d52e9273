"""`python -m keras_dgggan` is the `keras-dgggan` command."""

from keras_dgggan.cli import main

if __name__ == "__main__":
    main(prog_name="keras-dgggan")
