"""Run barpath from a checkout: ``python cli.py analyse set.mp4``."""

from barpath.cli import run

if __name__ == "__main__":
    run()
