import { expect } from 'chai';
import fc from 'fast-check';
import { Quantity } from '../../../shared/machinery/index.ts';

const formatMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const amounts = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fc.constantFrom('', '.5', '.125', '.000001'),
    fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'e3', 'E-2'),
  )
  .map(([whole, fraction, suffix]) => Quantity.parse(`${whole}${fraction}${suffix}`));

describe('Quantity', () => {
  const canonical: [string, string][] = [
    ['0', '0'],
    ['0.0Ki', '0'],
    ['100m', '100m'],
    ['0.1', '100m'],
    ['1500m', '1500m'],
    ['2000m', '2'],
    ['1.5Gi', '1536Mi'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['0.5Ki', '512'],
    ['1000k', '1M'],
    ['1e3', '1e3'],
    ['2e4', '20e3'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+5', '5'],
    ['-1.5', '-1500m'],
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
    ['1000E', '1000E'],
    ['9223372036854775808Ki', '9223372036854775807'],
  ];
  for (const [text, form] of canonical) {
    it(`writes ${text} as ${form}`, () => {
      expect(Quantity.parse(text).toString()).to.equal(form);
    });
  }

  const malformed: [string, string][] = [
    ['', formatMessage],
    ['abc', formatMessage],
    ['1MB', formatMessage],
    ['1.2.3', formatMessage],
    [' 1', formatMessage],
    ['1e', "unable to parse quantity's suffix"],
    ['1kM', "unable to parse quantity's suffix"],
    ['.', 'unable to parse numeric part of quantity'],
    ['1e999999999', 'unable to parse numeric part of quantity'],
    ['9'.repeat(10_000), 'unable to parse numeric part of quantity'],
  ];
  for (const [text, message] of malformed) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}: ${message.slice(0, 40)}`, () => {
      expect(() => Quantity.parse(text)).to.throw(message);
      expect(Quantity.check(text)).to.equal(message);
    });
  }

  it('is a number of bytes, of cores, of thousandths', () => {
    expect(Quantity.parse('8Gi').value()).to.equal(8 * 2 ** 30);
    expect(Quantity.parse('8Gi').toNumber()).to.equal(8 * 2 ** 30);
    expect(Quantity.parse('250m').toNumber()).to.equal(0.25);
    expect(Quantity.parse('250m').value()).to.equal(1);
    expect(Quantity.parse('-250m').value()).to.equal(-1);
    expect(Quantity.parse('1.5').milliValue()).to.equal(1500);
    expect(Quantity.parse('1u').milliValue()).to.equal(1);
    expect(Quantity.parse(0.1).toString()).to.equal('100m');
  });

  it('is made from whole numbers', () => {
    expect(Quantity.of(2 ** 30, 'BinarySI').toString()).to.equal('1Gi');
    expect(Quantity.ofMilli(2500).toString()).to.equal('2500m');
  });

  it('takes the format of what is added to zero', () => {
    expect(Quantity.zero.add(Quantity.parse('1Gi')).toString()).to.equal('1Gi');
    expect(Quantity.parse('1Gi').add(Quantity.parse('1000M')).toString()).to.equal('2073741824');
    expect(Quantity.parse('1Gi').sub(Quantity.parse('1Mi')).toString()).to.equal('1023Mi');
  });

  it('reads back its canonical form as the same amount in the same form', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const again = Quantity.parse(amount.toString());
        expect(again.equals(amount)).to.equal(true);
        expect(again.toString()).to.equal(amount.toString());
      }),
    );
  });

  it('adds as numbers do', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, (a, b, c) => {
        expect(a.add(b).equals(b.add(a))).to.equal(true);
        expect(
          a
            .add(b)
            .add(c)
            .equals(a.add(b.add(c))),
        ).to.equal(true);
        expect(a.add(b).sub(b).equals(a)).to.equal(true);
        expect(a.sub(a).sign).to.equal(0);
        expect(a.compare(b)).to.equal(a.add(c).compare(b.add(c)));
        expect(a.times(2).equals(a.add(a))).to.equal(true);
      }),
    );
  });
});
