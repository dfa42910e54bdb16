import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasCode } from '@/api/problem';
import type { AreaList } from '@/api/schema.gen';
import { useFieldText, useProblemText } from '@/api/wording';
import { Broken, Skeleton } from '@/design/Blank';
import { Button, IconButton } from '@/design/Button';
import { Dialog } from '@/design/Dialog';
import { CheckField, TextField } from '@/design/Field';
import { toast } from '@/design/toasts';
import { areasQuery, usePutAreas } from './offices';
import style from './OfficePage.module.css';

/** Names, order and archive of the macro-areas. */
export function AreasDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const areas = useQuery({ ...areasQuery, staleTime: 0 });
  if (areas.data && !areas.isFetching) return <Editor key={areas.data.revision} areas={areas.data} onClose={onClose} />;
  return (
    <Dialog title={t('offices.areas')} onClose={onClose} width="wide">
      {areas.isError ? <Broken error={areas.error} onRetry={() => void areas.refetch()} /> : <Skeleton rows={5} label={t('loading')} />}
    </Dialog>
  );
}

interface Draft {
  key: string;
  id?: string;
  name: string;
  name_en: string;
  archived: boolean;
}

function Editor({ areas, onClose }: { areas: AreaList; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const text = useProblemText();
  const fieldText = useFieldText();
  const put = usePutAreas();
  const [list, setList] = useState<readonly Draft[]>(() => areas.items.map((area) => ({ key: area.id, ...area })));
  const set = (index: number, patch: Partial<Draft>) => setList(list.map((each, i) => (i === index ? { ...each, ...patch } : each)));
  const move = (index: number, by: number) => {
    const next = [...list];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    setList(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const change = {
      revision: areas.revision,
      areas: list.map(({ id, name, name_en, archived }) => ({ ...(id && { id }), name, name_en, archived })),
    };
    put.mutate(change, {
      onSuccess: () => {
        toast(t('offices.areasSaved'));
        onClose();
      },
    });
  };
  return (
    <Dialog
      title={t('offices.areas')}
      onClose={onClose}
      width="wide"
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" form={form} disabled={put.isPending}>
            {t('save')}
          </Button>
        </>
      }
    >
      <form id={form} className={style.form} onSubmit={submit} noValidate>
        <p>{t('offices.areasLead')}</p>
        {put.error && (
          <p role="alert">{hasCode(put.error, 'stale') ? t('offices.stale') : (fieldText(put.error, 'areas') ?? text(put.error))}</p>
        )}
        {list.map((area, index) => (
          <fieldset key={area.key} className={style.area}>
            <legend className="visually-hidden">{area.name || t('offices.newArea')}</legend>
            <TextField
              label={t('offices.areaName')}
              maxLength={100}
              value={area.name}
              onChange={(event) => set(index, { name: event.target.value })}
              error={fieldText(put.error, `areas.${String(index)}.name`)}
            />
            <TextField
              label={t('offices.areaEnglish')}
              maxLength={100}
              value={area.name_en}
              onChange={(event) => set(index, { name_en: event.target.value })}
              error={fieldText(put.error, `areas.${String(index)}.name_en`)}
            />
            <div className={style.areaActs}>
              <IconButton
                small
                icon="up"
                label={t('offices.moveUp', { name: area.name })}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              />
              <IconButton
                small
                icon="down"
                label={t('offices.moveDown', { name: area.name })}
                disabled={index === list.length - 1}
                onClick={() => move(index, 1)}
              />
              {area.id ? (
                <CheckField
                  label={t('offices.archived')}
                  checked={area.archived}
                  onChange={(event) => set(index, { archived: event.target.checked })}
                  error={fieldText(put.error, `areas.${String(index)}.archived`)}
                />
              ) : (
                <IconButton
                  small
                  icon="trash"
                  label={t('offices.dropArea', { name: area.name })}
                  onClick={() => setList(list.filter((each) => each !== area))}
                />
              )}
            </div>
          </fieldset>
        ))}
        <Button small icon="plus" onClick={() => setList([...list, { key: crypto.randomUUID(), name: '', name_en: '', archived: false }])}>
          {t('offices.newArea')}
        </Button>
      </form>
    </Dialog>
  );
}
