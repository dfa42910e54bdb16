import style from './Visit.module.css';

interface Props<T extends string> {
  legend: string;
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** One of a few, side by side; the arrows move as among any radio buttons. */
export function Segments<T extends string>({ legend, name, value, options, onChange }: Props<T>) {
  return (
    <fieldset className={style.segments}>
      <legend className={style.label}>{legend}</legend>
      <div>
        {options.map((each) => (
          <label key={each.value} data-chosen={each.value === value}>
            <input type="radio" name={name} value={each.value} checked={each.value === value} onChange={() => onChange(each.value)} />
            {each.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
