"""``python -m raie.cli``."""

from raie.cli import app

if __name__ == "__main__":
    app()
