"""Neurons that came after the paper: each as one readable step, and in parallel where that exists.

resonator: resonate-and-fire, and PRF, which is it without a reset.   dendrites: D-RF.
adaptive: adaptive LIF.   fixed_point: the reset of a LIF neuron by iteration.
selective: a state whose step, input and read-out follow the input.
"""
