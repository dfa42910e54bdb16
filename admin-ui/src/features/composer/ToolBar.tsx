import { useEditorState, type Editor } from '@tiptap/react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '@/design/Button';
import { TextField } from '@/design/Field';
import { Dialog } from '@/design/Dialog';
import style from './ToolBar.module.css';

/** The formatting one can choose. */
export function ToolBar({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const [linking, setLinking] = useState(false);
  const on = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      bold: now.isActive('bold'),
      italic: now.isActive('italic'),
      bullets: now.isActive('bulletList'),
      numbers: now.isActive('orderedList'),
      quote: now.isActive('blockquote'),
      link: now.isActive('link'),
    }),
  });
  const chain = () => editor.chain().focus();
  return (
    <div className={style.tools} role="group" aria-label={t('composer.tools')}>
      <IconButton
        small
        icon="bold"
        label={t('composer.bold')}
        shortcut="Ctrl B"
        aria-pressed={on.bold}
        onClick={() => chain().toggleBold().run()}
      />
      <IconButton
        small
        icon="italic"
        label={t('composer.italic')}
        shortcut="Ctrl I"
        aria-pressed={on.italic}
        onClick={() => chain().toggleItalic().run()}
      />
      <IconButton
        small
        icon="bullets"
        label={t('composer.bullets')}
        aria-pressed={on.bullets}
        onClick={() => chain().toggleBulletList().run()}
      />
      <IconButton
        small
        icon="numbers"
        label={t('composer.numbers')}
        aria-pressed={on.numbers}
        onClick={() => chain().toggleOrderedList().run()}
      />
      <IconButton small icon="quote" label={t('composer.quote')} aria-pressed={on.quote} onClick={() => chain().toggleBlockquote().run()} />
      <IconButton small icon="link" label={t('composer.link')} aria-pressed={on.link} onClick={() => setLinking(true)} />
      {linking && <LinkDialog editor={editor} onClose={() => setLinking(false)} />}
    </div>
  );
}

function LinkDialog({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const { t } = useTranslation();
  const before = String(editor.getAttributes('link')['href'] ?? '');
  const [address, setAddress] = useState(before || 'https://');
  const [tried, setTried] = useState(false);
  const good = /^(https?:\/\/[^\s/]+|mailto:[^\s@]+@[^\s@]+)/.test(address.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!good) return;
    const href = address.trim();
    const chain = editor.chain().extendMarkRange('link');
    if (editor.state.selection.empty && !before)
      chain.insertContent({ type: 'text', text: href, marks: [{ type: 'link', attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    onClose();
  };
  return (
    <Dialog title={t('composer.link')} onClose={onClose}>
      <form className={style.link} onSubmit={submit}>
        <TextField
          label={t('composer.linkAddress')}
          value={address}
          inputMode="url"
          onChange={(event) => setAddress(event.target.value)}
          error={tried && !good ? t('composer.linkBad') : undefined}
        />
        <div>
          {before && (
            <Button
              look="quiet"
              onClick={() => {
                editor.chain().extendMarkRange('link').unsetLink().run();
                onClose();
              }}
            >
              {t('composer.linkRemove')}
            </Button>
          )}
          <Button look="primary" type="submit">
            {t('composer.linkSet')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
