// Reads a picture pixel by pixel, a slice of time at a go, and keeps what came of every pixel.

export class Reader {
  constructor(net, side) {
    const L = side * side, { H, depth, classes } = net;
    Object.assign(this, { net, side, L, rows: H * depth, classes, done: 0, whole: false });
    this.u = new Float64Array(L);
    this.p = new Float32Array(L * classes);  // the probability of each class after each pixel
    this.scores = new Float64Array(L * classes);
    this.fired = new Int8Array(L * this.rows);
    this.kept = [net.state()];  // the state before each row of pixels, so that a change starts there
    this.state = net.state();
  }

  // Another picture: what was read of it before its first new pixel's row stays.
  put(u) {
    let first = 0;
    while (first < this.L && u[first] === this.u[first]) first++;
    this.u = u;
    if (first >= this.done) return;
    const row = Math.floor(first / this.side);
    this.done = row * this.side;
    this.state.set(this.kept[row]);
  }

  // Reads on until pixel number `end`, or until so many ms have passed.
  read(ms = Infinity, end = this.L) {
    const until = performance.now() + ms, { classes, rows, side } = this;
    while (this.done < end) {
      const t = this.done;
      if (t % side === 0) {
        this.kept[t / side] = this.state.slice();
        if (t && performance.now() > until) return;
      }
      const scores = this.scores.subarray(t * classes, (t + 1) * classes);
      this.net.step(this.u[t], this.state, scores, this.fired.subarray(t * rows, (t + 1) * rows));
      const top = Math.max(...scores), e = scores.map(s => Math.exp(s - top)), sum = e.reduce((a, b) => a + b);
      for (let c = 0; c < classes; c++) this.p[t * classes + c] = e[c] / sum;
      this.done++;
    }
    this.whole ||= this.done === this.L;
  }

  // The class and its probability after t pixels, of the last reading if t is beyond this one.
  answer(t) {
    const p = this.p.subarray((t - 1) * this.classes, t * this.classes), best = Math.max(...p);
    return { digit: p.indexOf(best), sure: best, p };
  }
}
