import { expect } from 'chai';
import { bucketFailure } from '../../../src/history/storage/bucket-errors.ts';

const WHERE = { root: 's3://b/p', bucket: 'b', path: undefined };

/** As the client throws it. */
const answer = (name: string, status?: number, message = 'because'): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

describe('What a bucket answers, in words', () => {
  const table: [string, Error, RegExp][] = [
    [
      'no such bucket',
      answer('NoSuchBucket', 404),
      /there is no bucket b there: make it, or correct its name or the/,
    ],
    ['denied', answer('AccessDenied', 403), /access is denied: the credentials need s3:ListBucket/],
    [
      'no credentials',
      answer('CredentialsProviderError'),
      /no credentials were found: set AWS_ACCESS_KEY_ID/,
    ],
    [
      'wrong credentials',
      answer('InvalidAccessKeyId', 403),
      /the credentials are not accepted \(InvalidAccessKeyId\)/,
    ],
    [
      'another region',
      answer('PermanentRedirect', 301),
      /the bucket is in another region \(because\): set the region/,
    ],
    ['a time-out', answer('TimeoutError'), /the endpoint cannot be reached \(because\): check its URL/],
    ['no region', answer('Error', undefined, 'Region is missing'), /no region is known: set AWS_REGION/],
    ['anything else', answer('SlowDown', 503), /the request failed: SlowDown: because$/],
  ];
  for (const [what, error, message] of table) {
    it(`names the place, and the next step: ${what}`, () => {
      const failure = bucketFailure(error, WHERE);
      expect(failure.name).to.equal('StorageError');
      expect(failure.message)
        .to.match(/^history: s3:\/\/b\/p: /)
        .and.match(message);
      expect(failure.cause).to.equal(error);
    });
  }

  it('tells a file that is gone from a bucket that is', () => {
    const failure = bucketFailure(answer('NoSuchKey', 404), { ...WHERE, path: 'samples/x.parquet' });
    expect(failure).to.include({ name: 'UnavailableFileError', kind: 'Gone' });
  });

  it('knows that a server which does not answer has no message of its own', () => {
    const cause = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(bucketFailure(cause, WHERE).message).to.match(/cannot be reached \(ECONNREFUSED\)/);
  });
});
