"""Fast twins of definitions: each gives the numbers of a slower function that can be read aloud.

Every module here names its definition and the test that holds the two equal. A learner reads the
definition; the layers and networks call the twin.
"""

from sslearn.fast.conv import fft_conv
from sslearn.fast.lif import lif
from sslearn.fast.scan import scan
from sslearn.fast.stream import TokenStream
from sslearn.fast.vandermonde import vandermonde

__all__ = ["TokenStream", "fft_conv", "lif", "scan", "vandermonde"]
