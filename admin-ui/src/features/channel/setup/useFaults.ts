import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useProblemText } from '@/api/wording';
import { useCoded } from '@/i18n/words';
import { everyField, type FormSpec } from './schema';

/** What is wrong with a form, in words at its fields; what fits no field is said for the whole. */
export function useFaults(form: FormSpec) {
  const { i18n } = useTranslation();
  const coded = useCoded();
  const text = useProblemText();
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState('');
  const word = (code: string, message?: string) =>
    i18n.exists(`setup.wrong.${code.replaceAll('.', '_')}`) || !message ? coded('setup.wrong', code) : message;
  return {
    errors,
    general,
    /** Shows what the browser found. */
    show(codes: Record<string, string>) {
      setGeneral('');
      setErrors(Object.fromEntries(Object.entries(codes).map(([pointer, code]) => [pointer, word(code)])));
    },
    /** Shows why the hub refused. */
    tell(error: unknown) {
      const fields = error instanceof Problem ? error.fields : [];
      const known = new Set(everyField(form).map((each) => each.pointer));
      const found: Record<string, string> = {};
      const rest: string[] = [];
      for (const field of fields) {
        const pointer = field.field.replace(/^settings/, '');
        const words = word(field.code, field.message ?? undefined);
        if (field.field === 'name') found['name'] = words;
        else if (known.has(pointer)) found[pointer] ??= words;
        else rest.push(words);
      }
      setErrors(found);
      setGeneral(fields.length === 0 ? text(error) : rest.join(' '));
    },
  };
}
