"""Spiking state space models, hands on.

Glossary (the same letters in every notebook, docstring and figure)
    B, L, H     batch, length in steps, features; every public sequence is (B, L, H)
    t, k        time in ms; index of a step
    dt          step of the simulation, in the unit of tau (ms for neurons)
    tau         membrane time constant (ms)
    beta        decay of the membrane in one step, beta = exp(-dt / tau)
    v           membrane potential, in units of theta unless said otherwise
    i, I        input per step (units of v); current of the continuous model (nA)
    R           membrane resistance (MOhm)
    theta       threshold; a spike is v strictly above theta
    s           spikes, 0 or 1, in v's dtype
    reset       subtract: v[t] = beta v[t-1] + i[t] - theta s[t-1]
                zero:     v[t] = beta (1 - s[t-1]) v[t-1] + i[t]
                none:     v[t] = beta v[t-1] + i[t]
                The reset acts one step after the spike, as in snnTorch.
    t_ref       refractory time (ms): input is ignored and no spike is fired
"""
