/** Colleagues named in notes, and requests that are out of sight. */
export default {
  mention: {
    lead: 'Internal notes in which a colleague names you or an office of yours. Requests you no longer see are not among them, unless a question was open.',
    offers: 'Whom to mention',
    blind: 'Does not see the request: ask their office or hand it over.',
    officeBlind: 'Nobody else there sees the request: ask the office or hand it over.',
    mentioned: 'Mentioned',
    unread: 'Unread:',
    script: 'A script',
    readAll: 'Mark all as read',
    none: { title: 'No mentions', body: 'When a colleague writes @ and your name in an internal note, it shows here.' },
    lost: {
      row: 'You no longer see it',
      title: 'Request {{number}} lies at a confidential office now',
      body: 'A question was open, of yours or to an office of yours. Only who belongs to the confidential office sees the request from now on: there is nothing left to do for you.',
    },
    choose: 'Choose a mention to see the request',
  },
};
