// Which version of an API is preferred: v10 before v2 before v1beta3 before v1alpha1 before anything else, as
// k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings orders them.

const form = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const stages = { alpha: 1, beta: 2 } as const;

/** For `sort`: the preferred version comes first. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [form.exec(left), form.exec(right)];
  if (!one || !other) return one ? -1 : other ? 1 : left < right ? -1 : left > right ? 1 : 0;
  return (
    stageOf(other) - stageOf(one) ||
    numberOf(other, 1) - numberOf(one, 1) ||
    numberOf(other, 3) - numberOf(one, 3)
  );
}

function stageOf(match: RegExpExecArray): number {
  return match[2] === 'alpha' || match[2] === 'beta' ? stages[match[2]] : 3;
}

function numberOf(match: RegExpExecArray, part: number): number {
  return Number(match[part] ?? 0);
}
