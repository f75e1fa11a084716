"""`python -m sslearn.course.draw FOLDER` writes *Draw a digit* as files for a web site."""

import argparse

from sslearn.course.draw.page import write_site

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sslearn.course.draw", description=__doc__)
    parser.add_argument("folder", help="the folder that the files are written into")
    write_site(parser.parse_args().folder)
