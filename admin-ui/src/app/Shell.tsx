import { Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Announcer } from '@/design/Announcer';
import { useFocusKept } from '@/design/focus';
import { Toaster } from '@/design/Toaster';
import { Help } from '@/features/command/Help';
import { NoticeCommand } from '@/features/command/NoticeCommand';
import { Palette } from '@/features/command/Palette';
import { useKeys } from '@/features/command/useKeys';
import { PendingSends } from '@/features/composer/PendingSends';
import { Renewal } from '@/features/session/Renewal';
import { VisitDialog } from '@/features/visit/VisitDialog';
import { useLive } from './live';
import { Connection } from './Connection';
import { Rail } from './Rail';
import { useShellCommands } from './shell-commands';
import style from './Shell.module.css';

type Over = 'palette' | 'help' | 'visit' | undefined;

/** The frame around every signed-in page. */
export function Shell() {
  const { t } = useTranslation();
  const [over, setOver] = useState<Over>();
  const [menu, setMenu] = useState(false);
  useFocusKept();
  useKeys();
  useLive();
  useShellCommands(setOver);
  return (
    <div className={style.shell}>
      <a className={`visually-hidden ${style.skip}`} href="#content">
        {t('skip')}
      </a>
      <Rail
        open={menu}
        onToggle={setMenu}
        onPalette={() => setOver('palette')}
        onHelp={() => setOver('help')}
        onVisit={() => setOver('visit')}
      />
      <main id="content" className={style.content} tabIndex={-1}>
        <Connection />
        <Outlet />
      </main>
      <Toaster>
        <NoticeCommand />
        <PendingSends />
      </Toaster>
      <Announcer />
      <Renewal />
      {over === 'palette' && <Palette onClose={() => setOver(undefined)} />}
      {over === 'visit' && <VisitDialog onClose={() => setOver(undefined)} />}
      {over === 'help' && <Help onClose={() => setOver(undefined)} />}
    </div>
  );
}
