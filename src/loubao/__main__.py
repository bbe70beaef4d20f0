"""`python -m loubao`: the command where its script is not on the path."""

from loubao.cli import command

if __name__ == "__main__":
    command()
