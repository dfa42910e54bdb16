import common from './common';
import composer from './composer';
import conversation from './conversation';
import inbox from './inbox';
import settings from './settings';
import setup from './setup';
import tasks from './tasks';

export default { ...common, ...inbox, ...conversation, ...composer, ...tasks, ...settings, ...setup };
