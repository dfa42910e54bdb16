import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api/client';
import type { FoundContact } from '@/api/schema.gen';
import { Combobox } from '@/design/Combobox';

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  text: string;
  onText: (text: string) => void;
  onPick: (contact: FoundContact) => void;
  /** Who is not offered. */
  except?: string;
}

/** Finds a contact by name, codice fiscale, VAT number or a whole address. */
export function ContactSearch({ except, ...props }: Props) {
  const { t } = useTranslation();
  const found = useFound(props.text.trim()).filter((each) => each.id !== except);
  return (
    <Combobox {...props} results={t('contact.found')} found={found} keyOf={(contact) => contact.id}>
      {(contact) => (
        <>
          <span>{contact.name || t('inbox.unknownContact')}</span>
          <small>{[contact.fiscal_code, contact.address].filter(Boolean).join(' · ')}</small>
        </>
      )}
    </Combobox>
  );
}

/** Contacts that the text finds; none for less than two characters. */
export function useFound(text: string): FoundContact[] {
  const wanted = text.length >= 2 ? text : '';
  const { data } = useQuery({
    queryKey: ['contact-search', wanted],
    enabled: wanted !== '',
    queryFn: ({ signal }) => body(api.GET('/contacts', { params: { query: { q: wanted } }, signal })),
    placeholderData: (before) => (wanted ? before : undefined),
  });
  return wanted ? (data?.items ?? []) : [];
}
