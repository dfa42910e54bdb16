import audit from './audit';
import common from './common';
import composer from './composer';
import contact from './contact';
import conversation from './conversation';
import factor from './factor';
import deadline from './deadline';
import handover from './handover';
import hours from './hours';
import inbox from './inbox';
import offices from './offices';
import people from './people';
import routing from './routing';
import reports from './reports';
import settings from './settings';
import setup from './setup';
import tasks from './tasks';

export default { ...common, ...audit, ...deadline, ...contact, ...inbox, ...conversation, ...handover, ...composer, ...tasks, ...people, ...factor, ...offices, ...hours, ...routing, ...reports, ...settings, ...setup };
