import Placeholder from '@tiptap/extension-placeholder';
import { EditorContent, useEditor, type Editor } from '@tiptap/react';
import StarterKit from '@tiptap/starter-kit';
import { useEffect, useMemo, type ReactNode } from 'react';
import { MentionNode } from '@/features/mention/mentionNode';
import { MentionOffers } from '@/features/mention/MentionOffers';
import { ToolBar } from './ToolBar';
import style from './RichEditor.module.css';

/** What the editor says on every change. */
export interface Written {
  text: string;
  html: string;
}

interface Props {
  label: string;
  placeholder: string;
  /** Taken when the editor appears; later changes from outside come by a new key. */
  start: { text: string; html?: string | undefined };
  focus: boolean;
  /** The ticket whose note this is; only a note can mention. */
  mentionsOn?: string | undefined;
  onChange: (written: Written) => void;
  onFiles: (files: File[]) => void;
  /** Between the text and the tools: the files. */
  middle: ReactNode;
  /** Beside the tools: what one does with the text. */
  foot: ReactNode;
}

/** A text with the few kinds of formatting that survive e-mail. */
export default function RichEditor({ label, placeholder, start, focus, mentionsOn, onChange, onFiles, middle, foot }: Props) {
  const extensions = useMemo(
    () => [
      StarterKit.configure({
        heading: false,
        code: false,
        codeBlock: false,
        horizontalRule: false,
        strike: false,
        underline: false,
        link: { openOnClick: false, autolink: true, defaultProtocol: 'https', protocols: ['https', 'http', 'mailto', 'tel'] },
      }),
      Placeholder.configure({ placeholder }),
      ...(mentionsOn ? [MentionNode] : []),
    ],
    [placeholder, mentionsOn],
  );
  const editor = useEditor({
    extensions,
    content: start.html || paragraphs(start.text),
    autofocus: focus ? 'end' : false,
    // The page's policy allows no style element made by a script; the few rules stand in our own sheet.
    injectCSS: false,
    editorProps: {
      attributes: { 'aria-label': label, 'aria-multiline': 'true', role: 'textbox', class: style.text ?? '', spellcheck: 'true' },
      handlePaste: (_view, event) => takeFiles(event.clipboardData, onFiles),
      // Ctrl+Enter sends; the editor must not take it for a line break.
      handleDOMEvents: { keydown: (_view, event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) },
    },
    onUpdate: ({ editor: now }) => onChange(written(now)),
  });
  useEffect(() => () => editor.destroy(), [editor]);
  return (
    <div className={style.editor}>
      <EditorContent editor={editor} className={style.content} />
      {mentionsOn && <MentionOffers editor={editor} number={mentionsOn} />}
      {middle}
      <div className={style.foot}>
        <ToolBar editor={editor} />
        {foot}
      </div>
    </div>
  );
}

function written(editor: Editor): Written {
  const text = editor
    .getText({ blockSeparator: '\n\n' })
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { text, html: editor.isEmpty ? '' : editor.getHTML() };
}

function takeFiles(data: DataTransfer | null, onFiles: (files: File[]) => void): boolean {
  const files = [...(data?.files ?? [])];
  if (files.length === 0) return false;
  onFiles(files);
  return true;
}

/** Plain text as the editor's document: blank lines part paragraphs, other line ends stay line ends. */
function paragraphs(text: string) {
  const blocks = text.split(/\n{2,}/).filter((block) => block.trim() !== '');
  const content = blocks.map((block) => ({
    type: 'paragraph',
    content: block
      .split('\n')
      .flatMap((line, index) => [...(index > 0 ? [{ type: 'hardBreak' }] : []), ...(line ? [{ type: 'text', text: line }] : [])]),
  }));
  return { type: 'doc', content: content.length > 0 ? content : [{ type: 'paragraph' }] };
}
