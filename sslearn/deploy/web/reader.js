// Reads a sequence step by step, a slice of time at a go, and keeps what came of every step.

export class Reader {
  constructor(net, L, every = L) {  // L steps; a changed sequence is read from a multiple of `every` on
    const { H, d, depth, classes } = net;
    Object.assign(this, { net, L, every, rows: H * depth, classes, done: 0, whole: false });
    this.u = new Float64Array(L * d);
    this.p = new Float32Array(L * classes);  // the probability of each class after each step
    this.scores = new Float64Array(L * classes);
    this.fired = new Int8Array(L * this.rows);
    this.best = new Uint16Array(L);     // the answer after each step
    this.active = new Float64Array(L);  // how many marks there are up to each step
    this.kept = [net.state()];  // the state before each row of a picture, so that a change starts there
    this.state = net.state();
  }

  // Another sequence: what was read of it before the row of its first new number stays.
  put(u) {
    let first = 0;
    while (first < u.length && u[first] === this.u[first]) first++;
    this.u = u;
    first = Math.floor(first / this.net.d);
    if (first >= this.done) return;
    const row = Math.floor(first / this.every);
    this.done = row * this.every;
    this.state.set(this.kept[row]);
  }

  // Reads on until step number `end`, or until so many ms have passed.
  read(ms = Infinity, end = this.L) {
    const until = performance.now() + ms, { classes, rows, every, net } = this;
    while (this.done < end) {
      const t = this.done;
      if (t % every === 0) this.kept[t / every] = this.state.slice();
      if (t && t % 16 === 0 && performance.now() > until) return;
      const scores = this.scores.subarray(t * classes, (t + 1) * classes);
      const fired = this.fired.subarray(t * rows, (t + 1) * rows);
      net.step(this.u, t * net.d, this.state, scores, fired);
      const top = Math.max(...scores), e = scores.map(s => Math.exp(s - top)), sum = e.reduce((a, b) => a + b);
      for (let c = 0; c < classes; c++) this.p[t * classes + c] = e[c] / sum;
      this.best[t] = scores.indexOf(top);
      this.active[t] = fired.reduce((n, s) => n + (s ? 1 : 0), t ? this.active[t - 1] : 0);
      this.done++;
    }
    this.whole ||= this.done === this.L;
  }

  // The class and its probability after t steps, of the last reading if t is beyond this one.
  answer(t) {
    const p = this.p.subarray((t - 1) * this.classes, t * this.classes), best = this.best[t - 1];
    return { best, sure: p[best], p };
  }
}
