"""The C of `to_c` besides the numbers: twins of `arithmetic` and `integer`, line by line."""

ARITHMETIC = """\
/* v / 2^k, rounded down: >> of a negative number is left open by C99, ~ of one is not. */
static int64_t down(int64_t v, int k) { return v >= 0 ? v >> k : ~(~v >> k); }

/* v / 2^k, rounded to the nearest, a half up; k <= 0 multiplies. */
static int64_t nearest(int64_t v, int k) {
    return k > 0 ? down(v + ((int64_t)1 << (k - 1)), k) : v * ((int64_t)1 << -k);
}

static int64_t clip(int64_t v, int64_t top) { return v > top ? top : v < -top ? -top : v; }
"""

TABLE = """\
/* f(i / 32) in units of 2^-15, where f(-x) = 1 - f(x). */
static int64_t look_up(const int16_t *table, int64_t i) {
    const int64_t size = i < 0 ? -i : i, value = table[size < ENTRIES ? size : ENTRIES - 1];
    return i < 0 ? 32768 - value : value;
}
"""

FLOOR = """\
/* a / b, rounded down; b > 0. */
static int64_t divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }
"""

NORM = """\
/* (r - mean) / sqrt(var + eps) * weight + bias, with an inverse root by a table and Newton. */
static void layer_norm(int l, const int64_t *r, int64_t *z) {
    int64_t sum = 0, size = 0, d[H], Q, m, y;
    int p = 0, j = -14;
    for (int h = 0; h < H; h++) sum += r[h];
    for (int h = 0; h < H; h++) {
        d[h] = r[h] * H - sum;
        if (d[h] > size) size = d[h];
        if (-d[h] > size) size = -d[h];
    }
    while (size >> p >= 16777216) p++;
    Q = norm_eps[l] >> 2 * p;
    if (Q < 1) Q = 1;
    for (int h = 0; h < H; h++) {
        d[h] = down(d[h], p);
        Q += d[h] * d[h];
    }
    while (j < 15 && Q >= (int64_t)1 << (30 + 2 * j)) j++;
    m = j > 0 ? Q >> 2 * j : Q << -2 * j;
    y = ROOT[(m >> 25) - 8];
    m >>= 14;
    for (int i = 0; i < 2; i++) y = y * (196608 - (m * (y * y >> 16) >> 16)) >> 17;
    for (int h = 0; h < H; h++) {
        const int64_t t = nearest(d[h] * y, 16 + j);
        z[h] = clip(nearest(t * norm_G[l][h] + norm_o[l][h], norm_shift[l]), 32767);
    }
}
"""

DRAW = """\
/* xorshift32 (Marsaglia 2003): two coins of 16 bits a word, one for each part of a state. */
static uint32_t draw(void) {
    word ^= word << 13;
    word ^= word >> 17;
    word ^= word << 5;
    return word;
}
"""

POLES = """\
/* x' = A_bar x + z and y = Re sum C x' + D z, in whole numbers. */
static void poles(int l, const int64_t *z, int64_t *y) {
    const int k = decay_shift[l];
    for (int h = 0; h < H; h++) {
        sum_t sum = 0;
$WORDS        for (int n = 0; n < P; n++) {
            const pole_t re = X_re[l][h][n], im = X_im[l][h][n];
            const pole_t a = $REAL;
            const pole_t b = (pole_t)m_im[l][h][n] * ((pole_t)1 << e_im[l][h][n]);
            pole_t p = a * re - b * im + (pole_t)z[h]$GAIN * ((pole_t)1 << into[l][h][n]);
            pole_t q = a * im + b * re;
$ROUND            p = p >= 0 ? p >> k : ~(~p >> k);
            q = q >= 0 ? q >> k : ~(~q >> k);
            p = p > TOP ? TOP : p < -TOP ? -TOP : p;
            q = q > TOP ? TOP : q < -TOP ? -TOP : q;
            X_re[l][h][n] = (state_t)p;
            X_im[l][h][n] = (state_t)q;
            sum += (sum_t)p * C_re[l][h][n] + (sum_t)q * C_im[l][h][n];
        }
        y[h] = (int64_t)sum * y_M[l][h] + z[h] * y_D[l][h];
    }
}
"""

REAL = {
    "plain": "(pole_t)m_re[l][h][n] * ((pole_t)1 << e_re[l][h][n])",
    "complement": "((pole_t)1 << k) - (pole_t)m_re[l][h][n] * ((pole_t)1 << e_re[l][h][n])",
}
WORDS = """\
        uint32_t words[P];
        for (int n = 0; n < P; n++) words[n] = draw();
"""
COIN = """\
            p += k > 16 ? (pole_t)(words[n] >> 16) * ((pole_t)1 << (k - 16))
                        : (pole_t)(words[n] >> 16 >> (16 - k));
            q += k > 16 ? (pole_t)(words[n] & 65535) * ((pole_t)1 << (k - 16))
                        : (pole_t)((words[n] & 65535) >> (16 - k));
"""
HALF = """\
            p += (pole_t)1 << (k - 1);
            q += (pole_t)1 << (k - 1);
"""
ROUND = {"nearest": HALF, "truncate": "", "stochastic": COIN}

ACT = {
    "spike": """\
/* A spike where the membrane is above the threshold. */
static void act(int l, const int64_t *y, int64_t *s) {
    for (int h = 0; h < H; h++) s[h] = y[h] > theta[l];
}
""",
    "number": """\
/* The membrane in 16 bits. */
static void act(int l, const int64_t *y, int64_t *s) {
    for (int h = 0; h < H; h++) s[h] = clip(nearest(y[h], to_mix[l]), 32767);
}
""",
    "gelu": """\
/* The membrane in 16 bits, and GELU(y) = y Phi(y) by a table of Phi. */
static void act(int l, const int64_t *y, int64_t *s) {
    for (int h = 0; h < H; h++) {
        const int64_t v = clip(nearest(y[h], to_mix[l]), 32767);
        s[h] = nearest(v * look_up(NORMAL, nearest(v, act_index[l])), 15);
    }
}
""",
}

SUMS = {
    "spike": "if (s[h]) for (int i = 0; i < H; i++) $ACC[i] += $W[l][h][i];",
    "number": "for (int i = 0; i < H; i++) $ACC[i] += s[h] * $W[l][h][i];",
    "ternary": "if (s[h] > 0) for (int i = 0; i < H; i++) $ACC[i] += $W[l][h][i];\n"
    "        if (s[h] < 0) for (int i = 0; i < H; i++) $ACC[i] -= $W[l][h][i];",
}

GLU = """\
/* value(s) * sigmoid(gate(s)). */
static void mix(int l, const int64_t *s, int64_t *out) {
    int64_t value[H] = {0}, gate[H] = {0};
    for (int h = 0; h < H; h++) {
        $VALUE
        $GATE
    }
    for (int i = 0; i < H; i++) {
        const int64_t v = nearest(value[i] * value_M[l][i] + value_b[l][i], value_shift[l]);
        const int64_t g = nearest(gate[i] * gate_M[l][i] + gate_b[l][i], gate_shift[l]);
        out[i] = nearest(v * look_up(SIGMOID, g), 15);
    }
}
"""

GSU = """\
/* (Ter(x) W + b) * (x Ter(W) + c), both by sums$GELU. */
static void mix(int l, const int64_t *x, int64_t *out) {
    int64_t first[H] = {0}, second[H] = {0}, s[H], top = 0;
    for (int h = 0; h < H; h++) {
        s[h] = x[h] < 0 ? -x[h] : x[h];
        if (s[h] > top) top = s[h];
    }
    top *= alpha[l];
    for (int h = 0; h < H; h++)
        s[h] = !x[h] || s[h] * 32768 < top ? 0 : x[h] < 0 ? -1 : 1;
    for (int h = 0; h < H; h++) {
        $FIRST
        for (int i = 0; i < H; i++) second[i] += T[l][h][i] > 0 ? x[h] : T[l][h][i] < 0 ? -x[h] : 0;
    }
    for (int i = 0; i < H; i++) {
        const int64_t f = nearest(first[i] * first_M[l][i] + first_b[l][i], first_shift[l]);
        out[i] = clip(nearest(f * (second[i] + c[l][i]), gsu_shift[l]), 1073741823);
$AFTER    }
}
"""
AFTER = """\
        out[i] = nearest(out[i] * look_up(NORMAL, nearest(out[i], gsu_index[l])), 15);
"""

STEP = """\
/* Forget everything: before each sequence. */
void reset(void) {
    for (int l = 0; l < DEPTH; l++)
        for (int h = 0; h < H; h++)
            for (int n = 0; n < P; n++) X_re[l][h][n] = X_im[l][h][n] = 0;
$RESET}

/* One number of the sequence: the scores so far, in units of 2^-12, and the class they are for. */
int step(int16_t x, int32_t *scores) {
    int64_t z[H], y[H], s[H], r[H];
    int best = 0;
    for (int h = 0; h < H; h++)
        z[h] = clip(nearest((int64_t)x * in_W[h] * in_M[h] + in_b[h], IN_SHIFT), 32767);
    for (int l = 0; l < DEPTH; l++) {
        poles(l, z, y);
        act(l, y, s);
        mix(l, s, r);
        for (int h = 0; h < H; h++) r[h] += z[h];
        layer_norm(l, r, z);
    }
$POOL    for (int k = 0; k < CLASSES; k++) {
        int64_t sum = 0;
        for (int h = 0; h < H; h++) sum += (int64_t)$POOLED[h] * head_W[k][h];
        $MEAN
        scores[k] = (int32_t)clip(nearest(sum * head_M[k] + head_b[k], HEAD_SHIFT), 2147483647);
        if (scores[k] > scores[best]) best = k;
    }
    return best;
}
"""
RESET = """\
    for (int h = 0; h < H; h++) total[h] = 0;
    count = 0;
"""
POOL = """\
    if (count < 2147483647) count++;
    for (int h = 0; h < H; h++) total[h] = (int32_t)clip((int64_t)total[h] + z[h], 2147483647);
"""
