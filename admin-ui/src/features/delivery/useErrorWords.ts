import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeliveryError } from '@/api/schema.gen';
import { useCoded } from '@/i18n/words';

/** Words what went wrong with a delivery: by its exact code where we know it, else by its class. */
export function useErrorWords(): (error: DeliveryError) => string {
  const coded = useCoded();
  const { i18n } = useTranslation();
  return useCallback(
    (error) =>
      coded('delivery.error', error.code && i18n.exists(`delivery.error.${error.code.replaceAll('.', '_')}`) ? error.code : error.class),
    [coded, i18n],
  );
}
