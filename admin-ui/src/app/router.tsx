import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { hasCode } from '@/api/problem';
import { Loading } from '@/design/Loading';
import { readAuditSearch } from '@/features/audit/search';
import { InboxPage } from '@/features/inbox/InboxPage';
import { readFilter, readQueue } from '@/features/inbox/address';
import { readAsked } from '@/features/reports/period';
import { meQuery } from '@/features/session/me';
import { SignInPage } from '@/features/session/SignInPage';
import { Crash } from './Crash';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, errorComponent: Crash, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' ? { next: search['next'] } : {},
  component: SignInPage,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (error) {
      if (!hasCode(error, 'unauthenticated')) throw error;
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href }, replace: true });
    }
  },
  component: Shell,
  pendingComponent: Loading,
  errorComponent: Crash,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: async ({ context }) => {
    const { actions } = await context.client.ensureQueryData(meQuery);
    if (!actions.includes('ticket.list')) throw redirect({ to: actions.includes('audit.read') ? '/audit' : '/settings', replace: true });
    throw redirect({ to: '/inbox/$queue', params: { queue: 'mine' }, replace: true });
  },
});

const inbox = createRoute({
  getParentRoute: () => inside,
  path: '/inbox/$queue',
  params: {
    parse: ({ queue }) => ({ queue: readQueue(queue) }),
    stringify: ({ queue }) => ({ queue }),
  },
  validateSearch: readFilter,
  component: InboxPage,
});

const ticket = createRoute({ getParentRoute: () => inbox, path: '/$number' });

const byNumber = createRoute({
  getParentRoute: () => inside,
  path: '/t/$number',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/inbox/$queue/$number', params: { queue: 'all', number: params.number }, replace: true });
  },
});

const readItem = (search: Record<string, unknown>): { item?: string } =>
  typeof search['item'] === 'string' ? { item: search['item'] } : {};

/** An item, and which list it stands in. */
const readQuarantine = (
  search: Record<string, unknown>,
): { item?: string; state?: 'open' | 'discarded'; reason?: string; channel?: string } => ({
  ...readItem(search),
  ...(search['state'] === 'discarded' && { state: 'discarded' as const }),
  ...(typeof search['reason'] === 'string' && { reason: search['reason'] }),
  ...(typeof search['channel'] === 'string' && { channel: search['channel'] }),
});

const quarantine = createRoute({
  getParentRoute: () => inside,
  path: '/quarantine',
  validateSearch: readQuarantine,
  component: lazyRouteComponent(() => import('@/features/quarantine/QuarantinePage'), 'QuarantinePage'),
});

const deliveries = createRoute({
  getParentRoute: () => inside,
  path: '/deliveries/$state',
  params: {
    parse: ({ state }): { state: 'failed' | 'uncertain' } => ({ state: state === 'uncertain' ? 'uncertain' : 'failed' }),
    stringify: ({ state }) => ({ state }),
  },
  validateSearch: readItem,
  component: lazyRouteComponent(() => import('@/features/delivery/DeliveriesPage'), 'DeliveriesPage'),
});

const asks = createRoute({
  getParentRoute: () => inside,
  path: '/asks/$box',
  params: {
    parse: ({ box }): { box: 'received' | 'sent' } => ({ box: box === 'sent' ? 'sent' : 'received' }),
    stringify: ({ box }) => ({ box }),
  },
  validateSearch: readItem,
  component: lazyRouteComponent(() => import('@/features/handover/AsksPage'), 'AsksPage'),
});

const duplicates = createRoute({
  getParentRoute: () => inside,
  path: '/duplicates',
  validateSearch: readItem,
  component: lazyRouteComponent(() => import('@/features/contact/PairsPage'), 'PairsPage'),
});

const mentions = createRoute({
  getParentRoute: () => inside,
  path: '/mentions',
  validateSearch: readItem,
  component: lazyRouteComponent(() => import('@/features/mention/MentionsPage'), 'MentionsPage'),
});

const channels = createRoute({
  getParentRoute: () => inside,
  path: '/channels',
  component: lazyRouteComponent(() => import('@/features/channel/ChannelsPage'), 'ChannelsPage'),
});

const setup = lazyRouteComponent(() => import('@/features/channel/setup/SetupPage'), 'SetupPage');

const newChannel = createRoute({ getParentRoute: () => inside, path: '/channels/new', component: setup });

const channelSetup = createRoute({ getParentRoute: () => inside, path: '/channels/$id', component: setup });

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/features/settings/SettingsPage'), 'SettingsPage'),
});

const people = createRoute({
  getParentRoute: () => inside,
  path: '/people',
  component: lazyRouteComponent(() => import('@/features/people/PeoplePage'), 'PeoplePage'),
});

const routing = createRoute({
  getParentRoute: () => inside,
  path: '/routing',
  component: lazyRouteComponent(() => import('@/features/routing/RoutingPage'), 'RoutingPage'),
});

const types = createRoute({
  getParentRoute: () => inside,
  path: '/types',
  component: lazyRouteComponent(() => import('@/features/types/TypesPage'), 'TypesPage'),
});

const tags = createRoute({
  getParentRoute: () => inside,
  path: '/tags',
  component: lazyRouteComponent(() => import('@/features/tags/TagsPage'), 'TagsPage'),
});

const offices = createRoute({
  getParentRoute: () => inside,
  path: '/offices',
  component: lazyRouteComponent(() => import('@/features/offices/OfficesPage'), 'OfficesPage'),
});

const townHours = createRoute({
  getParentRoute: () => inside,
  path: '/offices/calendar',
  component: lazyRouteComponent(() => import('@/features/offices/TownHoursPage'), 'TownHoursPage'),
});

const office = createRoute({
  getParentRoute: () => inside,
  path: '/offices/$id',
  component: lazyRouteComponent(() => import('@/features/offices/OfficePage'), 'OfficePage'),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('@/features/audit/AuditPage'), 'AuditPage'),
});

const reports = createRoute({
  getParentRoute: () => inside,
  path: '/reports',
  validateSearch: readAsked,
  component: lazyRouteComponent(() => import('@/features/reports/ReportsPage'), 'ReportsPage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invito',
  component: lazyRouteComponent(() => import('@/features/session/InvitationPage'), 'InvitationPage'),
});

const tree = root.addChildren([
  signIn,
  invitation,
  inside.addChildren([
    home,
    inbox.addChildren([ticket]),
    byNumber,
    quarantine,
    deliveries,
    asks,
    mentions,
    duplicates,
    channels,
    newChannel,
    channelSetup,
    people,
    types,
    tags,
    offices,
    townHours,
    office,
    routing,
    audit,
    reports,
    settings,
  ]),
]);

/** Makes the router; tests give their own history. */
export function makeRouter(client: QueryClient, history?: Parameters<typeof createRouter>[0]['history']) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: false,
    defaultPendingMs: 300,
    scrollRestoration: false,
    ...(history && { history }),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
