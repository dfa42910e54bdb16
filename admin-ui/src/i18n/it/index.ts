import aside from './aside';
import audit from './audit';
import bulk from './bulk';
import common from './common';
import composer from './composer';
import contact from './contact';
import conversation from './conversation';
import distribution from './distribution';
import expert from './expert';
import factor from './factor';
import deadline from './deadline';
import handover from './handover';
import hours from './hours';
import inbox from './inbox';
import mention from './mention';
import offices from './offices';
import pairs from './pairs';
import people from './people';
import routing from './routing';
import reports from './reports';
import returns from './returns';
import settings from './settings';
import setup from './setup';
import standing from './standing';
import tags from './tags';
import types from './types';
import tasks from './tasks';
import tokens from './tokens';
import visit from './visit';

export default {
  ...common,
  ...bulk,
  ...audit,
  ...deadline,
  ...contact,
  ...inbox,
  ...conversation,
  ...handover,
  ...mention,
  ...expert,
  ...composer,
  ...standing,
  ...tasks,
  ...pairs,
  ...people,
  ...factor,
  ...offices,
  ...hours,
  ...routing,
  ...distribution,
  ...reports,
  ...returns,
  ...settings,
  ...setup,
  ...visit,
  ...tokens,
  ...tags,
  ...types,
  ...aside,
};
