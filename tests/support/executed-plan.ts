/** The plan that stands in a model card, in the input that trains the model again. */
export function planOf({ modelCard }: { readonly modelCard: string }): Record<string, unknown> {
  const inputs = [...modelCard.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1]!) as object);
  const [found] = inputs.flatMap((each) => ('plan' in each ? [each.plan as Record<string, unknown>] : []));
  if (found === undefined) throw new Error('The model card has no plan.');
  return found;
}
