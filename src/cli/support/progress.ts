/** A progress bar on standard error; where that is no terminal, a line for each tenth. */
const WIDTH = 30;
const REDRAW_MS = 100;

export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  readonly #out: NodeJS.WriteStream;
  #done = 0;
  #drawnAt = 0;
  #tenths = 0;

  constructor(label: string, total: number, out: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#out = out;
  }

  advance(): void {
    this.#done += 1;
    const isLast = this.#done === this.#total;
    if (!this.#out.isTTY) {
      const tenths = Math.floor((10 * this.#done) / this.#total);
      if (tenths === this.#tenths) return;
      this.#tenths = tenths;
      this.#out.write(`${this.#label} ${this.#done}/${this.#total}\n`);
      return;
    }
    const now = performance.now();
    if (!isLast && now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const filled = Math.round((WIDTH * this.#done) / this.#total);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    this.#out.write(`\r${this.#label} ${bar} ${this.#done}/${this.#total}${isLast ? '\n' : ''}`);
  }
}
