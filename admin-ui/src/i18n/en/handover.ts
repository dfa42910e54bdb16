/** Requests that offices hand to each other. */
export default {
  shared: {
    body: '{{office}} holds this request and shares it with your office: you can read it, write notes and answer what you are asked. {{office}} answers the citizen.',
  },
};
