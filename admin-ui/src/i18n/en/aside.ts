/** Putting a request aside until later. */
export default {
  aside: {
    open: 'Put aside',
    title_one: 'Put the request aside',
    title_other: 'Put {{count, number}} requests aside',
    lead: 'It leaves the lists of work and stands in “Put aside”. It comes back by itself at the time chosen, or at once when the citizen writes.',
    clocks: 'Deadlines run on.',
    later: 'Later today',
    tomorrow: 'Tomorrow morning',
    working: 'Next working day of the office',
    choose: 'Another day',
    submit: 'Put aside',
    missing: 'Choose a day to come, at most a year ahead.',
    deadline: 'It is due before that: {{date}}.',
    done_one: 'Put aside',
    done_other: '{{count, number}} put aside',
    until: 'Put aside until {{date}}',
    by: 'by {{name}}',
    wake: 'Take back now',
    woke: 'To be done again',
    short: 'back {{date}}',
  },
};
