import { Node } from '@tiptap/core';

/** Somebody named in a note: one piece of the text, with the id behind the name. */
export const MentionNode = Node.create({
  name: 'mention',
  group: 'inline',
  inline: true,
  atom: true,
  addAttributes() {
    return {
      operator: { default: null, parseHTML: (element) => element.getAttribute('data-operator') },
      office: { default: null, parseHTML: (element) => element.getAttribute('data-office') },
      name: { default: '', parseHTML: (element) => element.textContent.replace(/^@/, '') },
    };
  },
  // Before the rule by which the same element is plain bold text.
  parseHTML: () => ['strong[data-operator]', 'strong[data-office]'].map((tag) => ({ tag, priority: 100 })),
  renderHTML: ({ node }) => {
    const { operator, office, name } = node.attrs as { operator: string | null; office: string | null; name: string };
    return ['strong', operator ? { 'data-operator': operator } : { 'data-office': office }, `@${name}`];
  },
  renderText: ({ node }) => `@${String(node.attrs['name'])}`,
});
