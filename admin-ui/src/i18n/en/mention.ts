/** Colleagues named in notes. */
export default {
  mention: {
    lead: 'Internal notes in which a colleague names you or an office of yours. Requests you no longer see are not here.',
    offers: 'Whom to mention',
    blind: 'Does not see the request: ask their office or hand it over.',
    officeBlind: 'Nobody else there sees the request: ask the office or hand it over.',
    mentioned: 'Mentioned',
    unread: 'Unread:',
    script: 'A script',
    readAll: 'Mark all as read',
    none: { title: 'No mentions', body: 'When a colleague writes @ and your name in an internal note, it shows here.' },
    choose: 'Choose a mention to see the request',
  },
};
