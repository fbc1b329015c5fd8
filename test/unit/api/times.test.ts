import { expect } from 'chai';
import { parseTime, rfc3339 } from '../../../src/api/times.ts';

describe('times of the API', () => {
  it('are told in whole seconds', () =>
    expect(rfc3339(Date.parse('2026-03-02T12:00:00.900Z'))).to.equal('2026-03-02T12:00:00Z'));
  it('have years of four digits, however far off they are', () => {
    for (const time of [2.6e14, 8.64e15, 9e15, Infinity]) {
      expect(rfc3339(time)).to.equal('9999-12-31T23:59:59Z');
      expect(parseTime(rfc3339(time))).to.be.finite;
    }
  });
});
