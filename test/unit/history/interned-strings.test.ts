import { expect } from 'chai';
import fc from 'fast-check';
import { InternedStrings } from '../../../src/history/interned-strings.ts';

describe('InternedStrings', () => {
  const encode = (text: string) => new TextEncoder().encode(text);

  it('decodes as TextDecoder does, in any order, however many there are', () => {
    const interned = new InternedStrings();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        for (const text of [...texts, ...texts]) expect(interned.decode(encode(text))).to.equal(text);
      }),
    );
    for (let i = 0; i < 20_000; i++)
      expect(interned.decode(encode(`node-${i % 9000}`))).to.equal(`node-${i % 9000}`);
  });

  it('keeps what it has decoded when the bytes it was given change, as those of a page do', () => {
    const interned = new InternedStrings();
    const bytes = encode('node-1');
    expect(interned.decode(bytes)).to.equal('node-1');
    bytes[5] = 0x32;
    expect(interned.decode(bytes)).to.equal('node-2');
    expect(interned.decode(encode('node-1'))).to.equal('node-1');
  });
});
