/** A variable of the environment that a declarative file names as `${NAME}`. */
export const variable = (name: string): string | undefined => process.env[name];
