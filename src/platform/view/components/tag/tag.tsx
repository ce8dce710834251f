// A state in one or two words; the colour only repeats what the word says.
export type Tone = 'neutral' | 'good' | 'now' | 'warn' | 'late' | 'info'

export function Tag(props: { text: string; tone?: Tone }) {
  return <strong class={`tag tag-${props.tone ?? 'neutral'}`}>{props.text}</strong>
}
