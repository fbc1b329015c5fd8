/** The one piece of linear algebra that the gate needs. */

/**
 * `into = matrix · x + bias`, the matrix row-major. Four rows at once: each sum waits for its own last addition, and four
 * that do not wait for each other take little longer than one.
 */
export function multiplyAdd(
  matrix: Float64Array,
  x: Float64Array,
  bias: Float64Array,
  into: Float64Array,
): void {
  const columns = x.length;
  const rows = into.length;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const first = row * columns;
    const second = first + columns;
    const third = second + columns;
    const fourth = third + columns;
    let a = bias[row] ?? 0;
    let b = bias[row + 1] ?? 0;
    let c = bias[row + 2] ?? 0;
    let d = bias[row + 3] ?? 0;
    for (let i = 0; i < columns; i++) {
      const value = x[i] ?? 0;
      a += (matrix[first + i] ?? 0) * value;
      b += (matrix[second + i] ?? 0) * value;
      c += (matrix[third + i] ?? 0) * value;
      d += (matrix[fourth + i] ?? 0) * value;
    }
    into[row] = a;
    into[row + 1] = b;
    into[row + 2] = c;
    into[row + 3] = d;
  }
  for (; row < rows; row++) {
    let sum = bias[row] ?? 0;
    for (let i = 0; i < columns; i++) sum += (matrix[row * columns + i] ?? 0) * (x[i] ?? 0);
    into[row] = sum;
  }
}
