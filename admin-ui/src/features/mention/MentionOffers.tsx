import { useQuery } from '@tanstack/react-query';
import type { Editor } from '@tiptap/react';
import { useEffect, useState } from 'react';
import type { Mentionable } from '@/api/schema.gen';
import { askedFor, offered } from './offered';
import { mentionableQuery } from './mentions';
import { Offers } from './Offers';

/** A name that is being written: where its `@` stands in the document, and what is behind it. */
interface Asked {
  from: number;
  to: number;
  text: string;
}

/** Offers whom to mention while one writes `@` and a name. */
export function MentionOffers({ editor, number }: { editor: Editor; number: string }) {
  const [asked, setAsked] = useState<Asked>();
  const [closed, setClosed] = useState<number>();
  const query = useQuery({ ...mentionableQuery(number), enabled: asked !== undefined });
  useEffect(() => {
    const look = () => setAsked(editor.isFocused ? askedAt(editor) : undefined);
    editor.on('transaction', look);
    editor.on('blur', look);
    return () => {
      editor.off('transaction', look);
      editor.off('blur', look);
    };
  }, [editor]);
  if (!asked || asked.from === closed) return null;
  const found = offered(query.data ?? [], asked.text);
  if (found.length === 0) return null;
  const pick = ({ operator_id: operator, office_id: office, name }: Mentionable) => {
    const content = [
      { type: 'mention', attrs: { operator: operator ?? null, office: office ?? null, name } },
      { type: 'text', text: ' ' },
    ];
    editor.chain().focus().deleteRange(asked).insertContent(content).run();
  };
  return (
    <Offers
      key={asked.from}
      host={editor.view.dom}
      at={editor.view.coordsAtPos(asked.from)}
      found={found}
      onPick={pick}
      onClose={() => setClosed(asked.from)}
    />
  );
}

/** A name longer than this is none. */
const longest = 60;

function askedAt({ state }: Editor): Asked | undefined {
  const { $from, empty } = state.selection;
  if (!empty) return undefined;
  const start = Math.max(0, $from.parentOffset - longest);
  const text = askedFor($from.parent.textBetween(start, $from.parentOffset, undefined, '\ufffc'));
  return text === undefined ? undefined : { from: $from.pos - text.length - 1, to: $from.pos, text };
}
