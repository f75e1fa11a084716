"""Spiking state space models, hands on.

Glossary: the letters of every notebook, docstring and figure. A capital is a
matrix, a sequence or a size, a small letter is a number or a vector.

Shapes
    B, L, H     batch, length in steps, features; a public sequence is (B, L, H)
    N           real states of one channel, N/2 conjugate pairs; (H, N/2) is
                a diagonal model, complex
    d           features of the data that enter a network, before they are H
    t           time, in ms for neurons; also the index of a step
    k, j, l     index of a step, lag, index of a kernel
    n           index of a state 0 ... N-1, or how many there are of a thing

Neuron
    tau, τ      membrane time constant (ms)
    dt, Δ       step of the simulation, in the unit of tau (ms)
    beta, β     decay of the membrane in one step, beta = exp(-dt / tau)
    v           membrane potential, in units of theta; mV where R and I are given
    i           input of one step, in the unit of v
    I, R        current of the continuous model (nA), membrane resistance (MOhm)
    theta, θ    threshold; a spike is v strictly above theta
    s           spikes, 0 or 1, in v's dtype
    reset       subtract: v[t] = beta v[t-1] + i[t] - theta s[t-1]
                zero:     v[t] = beta (1 - s[t-1]) v[t-1] + i[t]
                none:     v[t] = beta v[t-1] + i[t]
                The reset acts one step after the spike, as in snnTorch.
    t_ref       refractory time (ms): input is ignored and no spike is fired
    f           firing rate f(I) of the continuous neuron (Hz)

Surrogate gradient
    u           distance to the threshold, u = v - theta, in the unit of v
    S           the spike as a function of u, or its smooth twin S(u)
    surrogate, σ    function of u in the place of dS/du (1 / unit of v)
    alpha, α    sharpness of arctan, whose peak is alpha / 2 (1 / unit of v)
    k           sharpness of the fast sigmoid and of the sigmoid (1 / unit of v)
    sd, width   spread of the Gaussian; of the triangle and the drawn spike (v)
    g           a gradient: dLoss/dy that arrives, or how i[t] moves later spikes
    gamma, γ    dv[t+1]/dv[t], by which g goes back one step

Codes and spike trains
    x           value to be coded, 0 ... 1
    r, rate, hz     firing rate (Hz)
    p           probability of a spike in one step, r dt / 1000
    q           1 - p
    rho, ρ, corr    correlation of two neurons' spikes in one step
    c, m        p + corr (1 - p); the mother train of a correlated population
    w, width    bin of a histogram (ms)
    theta, θ    threshold of a code
    tau, τ      time constant of the latency code (steps)
    a, b        two paired variables, between which information is measured
    I, H        mutual information and entropy (bits)

State space model
    u, x, y     input (B, L, H), state (B, H, N/2), output (B, L, H)
    x0          state before the first step
    A, B, C, D  x' = A x + B u, y = C x + D u. The unit of A and B is 1/time;
                the diagonal A holds the poles, (H, N/2)
    dt, Δ       step of a channel, (H, 1); A, B and dt have one unit of time,
                which is arbitrary, so that only dt A matters
    A_bar, Ā, B_bar, B̄    x_k = A_bar x_(k-1) + B_bar u_k
    K           kernel (L, H), y = K * u, where * is the causal convolution
    lambda, lam, λ    one pole, an eigenvalue of A (1/time)
    h, s, z     dt lambda; a point in the plane of lambda, in that of A_bar
    a, b        the pair of a step in a scan, x_t = a_t x_(t-1) + b_t
    W, a        C B_bar and dt A, the arguments of the fast kernel
    l, q, i, j  the power l = i q + j of the fast kernel, with q = 2^k
    h           answer of two filters in a row to one pulse
    d           how many steps back in time; distance of a sweep of the scan
    w, w_1, w_2     weights of a sum of two inputs a and b
    noise, sd, Φ    spread of the noise in one step; normal distribution

HiPPO
    u, c        signal to be remembered, coefficients: c' = A c + B u
    theta, θ    length of the window of LegT and FouT (the unit of time)
    P, R        Legendre polynomial P_n; R_n = sqrt(2n + 1) makes it orthonormal
    z           age / theta, the argument of the Fourier basis, 0 ... 1
    Lambda, Λ, p, V    A = V (diag(Lambda) - p p*) V*: poles, (N,), (N, N)
    P           in the same form of A_LegS: P_n = sqrt(n + 1/2), p = V* P

Network
    x, y        input (B, L, d), or tokens (B, L), and the class (B,)
    z           features between blocks, (B, L, H); also the argument of Ter
    W, b        matrix (out, in) and bias of a linear map
    M           number of outputs of a linear map, W (M, H)
    delta, δ    threshold of Ter(z), in the unit of z
    alpha, α    share of the largest absolute value that delta is, 0 ... 1
    c           second bias of the Gated Spiking Unit
    σ           the logistic function 1 / (1 + exp(-x)) in a gated linear unit
    s, S, T     Ter(x), and Ter(W) = T; S is any matrix of -1, 0 and 1
    p           share of the features that dropout sets to 0
    f, y        an activation function and what it receives
    depth       number of blocks
    lr, ff      learning rate; width of a Transformer's feed-forward layer

Out of the notebook
    q, scale    a number in few bits is scale q, q a whole number
    x, X        a state, and the whole number that stands for it
    a, m, k     decay |A_bar| of a state in one step; a = m / 2^k in integers
    U           input of one step, a whole number in the unit of X
    e, r        error X - x of a state; the most that one rounding adds to it
    tau, w      time constant of two leaky neurons; weight between them
    M, b        factor and addend of a sum that changes its unit
    G, o        gain and shift of a layer norm on integers
    Q           sum of squares of which the root is taken

After the paper
    z           complex state of a resonator, whose real part is the membrane
    omega, ω    pace of a resonator, Im A (radians / unit of time)
    w           adaptation current of an adaptive LIF neuron (the unit of v)
    alpha, α, a, b  adaptive LIF: decay of v, pull of v and of s on w
    alpha, α    D-RF: how much a loud step k steps ago raises the threshold
    gamma, γ    D-RF: weight of the input to a dendrite
    C           D-RF: weight of a dendrite in the membrane
    n           D-RF: dendrites of a neuron
    B           layers of resonators and LIF neurons: weight of the input, (H,)
    dt, B, C    selective: what the input chooses, dt (B, L, H), B and C (B, L, N)

One letter, several things: the shape or the section tells which.
    B           batch | input matrix of the model, B_bar; a layer's input weight
    C           output matrix of the model | weight of a dendrite
    H           features | entropy
    I           current | mutual information; the identity matrix in formulas
    R           membrane resistance | sqrt(2n + 1)
    M           outputs of a linear map | factor of a change of unit
    P           Legendre polynomial | vector of the normal form
    S           spike of u | matrix of -1, 0 and 1
    W           weights of a layer | C B_bar in the kernel
    a, b        pair of a step | paired variables; a also dt A, b also a bias;
                a also the decay |A_bar| | pulls on the adaptation current
    c           coefficients of HiPPO | bias of the GSU | p + corr (1 - p)
    d           input features | steps back | distance of a sweep
    dt, Δ       step of the simulation (ms) | step of a channel (any unit)
    f           firing rate | activation function
    gamma, γ    dv[t+1]/dv[t] | weight of the input to a dendrite
    h           dt lambda | answer of two filters
    i           input of a step | row of a table; imaginary unit in formulas
    j, l        lag and index of a kernel | column of a table, power
    k           index of a step | sharpness of a surrogate | delay | shift
    m           mother train | decay in integers
    n           index of a state | how many of a thing, such as dendrites
    p           probability of a spike | vector of the normal form | dropout
    q           1 - p | length of a short table
    r           firing rate | what one rounding adds
    s           spikes | Ter(x) | point in the plane of lambda
    u           input of the model | distance to the threshold
    w, width    bin of a histogram | weight | adaptation current;
                width also of a surrogate
    x           state | input of a network | value to be coded
    y           output of the model | class | argument of an activation
    z           features | argument of Ter | plane of A_bar | age / theta |
                state of a resonator
    alpha, α    sharpness of arctan | share of the largest value in the GSU |
                decay of v in adaptive LIF | rise of the threshold in D-RF
    sd          spread of the Gaussian surrogate | of the noise
    σ           the surrogate | the logistic function in a gate
    tau, τ      time constant of the membrane (ms) | of a code (steps)
    theta, θ    threshold | length of HiPPO's window

Their letters, where they differ from ours
    snnTorch    mem, U: v.  spk, S: s.  threshold, U_thr: theta.  I_in: i.
                slope: k.  Its R is the switch of the reset, 0 or 1.
    HiPPO 2020  f: u.  c' = -A c + B f has the other sign of A.
    S4 2022     A = V Lambda V* - P Q^T, where Q = P for LegS and p = V* P.
    S4, S4D     the kernel of the steps carries a bar: K_bar is our K.
    Stan & Rhodes 2024    GSU(x) = (Ter(x) W + b) * (x Ter(W) + c), with
                delta = alpha max |z|, has the same letters.
"""
