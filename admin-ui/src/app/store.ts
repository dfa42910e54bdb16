import { useSyncExternalStore } from 'react';

/** A value outside React that components may watch; it lives as long as the page. */
interface Store<T> {
  get: () => T;
  set: (next: T | ((before: T) => T)) => void;
  subscribe: (listener: () => void) => () => void;
}

/** Makes a store that forgets on reload. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = typeof next === 'function' ? (next as (before: T) => T)(value) : next;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Makes a store kept in this browser under the key; a value that cannot be read gives the initial one. */
export function createKeptStore<T>(key: string, initial: T, storage: () => Storage = () => localStorage): Store<T> {
  const store = createStore<T>(read(key, initial, storage));
  return {
    ...store,
    set(next) {
      store.set(next);
      try {
        storage().setItem(key, JSON.stringify(store.get()));
      } catch {
        // Storage is full or switched off: the value still holds until reload.
      }
    },
  };
}

function read<T>(key: string, initial: T, storage: () => Storage): T {
  try {
    const text = storage().getItem(key);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial;
  }
}

/** Watches a store. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
