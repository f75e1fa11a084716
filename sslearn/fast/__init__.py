"""Fast twins of definitions: the same arguments, results and errors, tested equal.

lif: `sslearn.lif.lif_by_steps`.   scan: `sslearn.scan.scan_by_doubling`.
vandermonde: `sslearn.ssm.kernel`, for a diagonal A.   fft_conv: `sslearn.ssm.causal_conv`.
"""

from sslearn.fast.conv import fft_conv
from sslearn.fast.lif import lif
from sslearn.fast.scan import scan
from sslearn.fast.vandermonde import vandermonde

__all__ = ["fft_conv", "lif", "scan", "vandermonde"]
