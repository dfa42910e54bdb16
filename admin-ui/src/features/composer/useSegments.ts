import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { identityQuery, signedBy } from '@/features/ticket/tickets';
import { segmentsOf, transliterated, type Segments } from './segments';

/** How many text messages a reply takes as it is sent: transliterated, with the office's signature. */
export function useSegments(text: string, office: string, enabled: boolean): Segments {
  const { data } = useQuery({ ...identityQuery(office), enabled });
  const signature = data && signedBy(data, 'sms').signature;
  return useMemo(() => segmentsOf(transliterated(signature ? `${text}\n\n-- \n${signature}` : text)), [text, signature]);
}
