"""setuptools leaves data files out of editable installs; asked in its own words, it takes them."""

from setuptools import Distribution, setup


class WithDataFiles(Distribution):
    """A distribution that says of its data files that it has them, wherever it is asked."""

    def has_data(self) -> bool:
        """What `editable_wheel` asks; `install` asks has_data_files."""
        return self.has_data_files()


setup(distclass=WithDataFiles)
