import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfficeEntry } from '@/api/schema.gen';
import { useCoded, useMoments } from '@/i18n/words';

/** Says whether an office is open, and until when: "Aperto ora, chiude alle 13:00". */
export function useOpening() {
  const { t } = useTranslation();
  const moments = useMoments();
  const coded = useCoded();
  return useCallback(
    (office: OfficeEntry, now: number): string => {
      if (!office.active)
        return t('offices.closedDownSince', {
          date: office.deactivated_at ? moments.date(office.deactivated_at, now) : '',
        });
      const { changes_at: at, closed_today: closed } = office;
      const clock = at ? moments.clock(at) : '';
      if (office.open_now) return at && moments.sameDay(at, now) ? t('offices.openUntil', { clock }) : t('offices.open');
      const why =
        closed &&
        (closed.kind === 'closure'
          ? closed.name
          : closed.kind === 'patron'
            ? t('offices.patronDay')
            : coded('offices.holiday', closed.name));
      const state = why ? t('offices.closedFor', { why }) : t('offices.closed');
      if (!at) return state;
      return t('offices.reopens', {
        state,
        when: moments.sameDay(at, now) ? t('offices.atClock', { clock }) : t('offices.atDay', { day: moments.weekday(at), clock }),
      });
    },
    [t, moments, coded],
  );
}
