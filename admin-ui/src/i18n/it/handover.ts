/** Requests that offices hand to each other. */
export default {
  shared: {
    body: 'La richiesta è di {{office}} ed è condivisa con il tuo ufficio: puoi leggerla, scrivere note e rispondere a ciò che ti è chiesto. Al cittadino risponde {{office}}.',
  },
};
