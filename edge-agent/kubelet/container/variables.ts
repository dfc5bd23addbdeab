// $(NAME) in commands, arguments and variables (k8s.io/kubernetes third_party/forked/golang/expansion).

/** `$(NAME)` becomes its value, `$$` one `$`; what is not known stays as it is written. */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, rest: string, name: string | undefined) => {
    if (rest === '$') return '$';
    return lookUp(name ?? '') ?? whole;
  });
}
