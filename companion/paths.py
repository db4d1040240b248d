"""Where templates, static files, prompts and catalogues lie: beside the code, or inside the installed wheel."""

from pathlib import Path

HERE = Path(__file__).parent


def data_dir(name):
    """The folder `name` (a Path)."""
    packed = HERE / "_data" / name
    return packed if packed.is_dir() else HERE.parent / name
