export default {
  returns: {
    counting: 'Counting open requests…',
    uncounted:
      'The open requests of {{name}} could not be counted: those they can no longer work on go back to the queue within half a minute, with nobody assigned.',
    none: 'No open request of {{name}} goes back to the queue.',
    back_one: 'One open request assigned to {{name}} goes back to the queue of its office within half a minute.',
    back_other: '{{count}} open requests assigned to {{name}} go back to the queue of their office within half a minute.',
    unseen:
      'The requests of the confidential offices that {{name}} leaves go back to the queue within half a minute: only members see how many there are.',
    unseenToo: 'So do those of the confidential offices that {{name}} leaves: only members see how many there are.',
    forGood_one: 'This cannot be undone: if {{name}} comes back later, the request stays in the queue and has to be assigned again.',
    forGood_other: 'This cannot be undone: if {{name}} comes back later, the requests stay in the queue and have to be assigned again.',
    told_one: 'One request goes back to the queue, which cannot be undone',
    told_other: '{{count}} requests go back to the queue, which cannot be undone',
  },
};
