import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** Names a kind of channel or address; a kind of an adapter we do not know keeps its own name. */
export function useChannelName(): (kind: string) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (kind: string) => {
      const say = t as unknown as (key: string) => string;
      const key = [`channel.${kind}`, `addressKind.${kind}`].find((each) => i18n.exists(each));
      return key ? say(key) : kind;
    },
    [t, i18n],
  );
}
